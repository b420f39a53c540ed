/** The program execution layer; start here. */
package dev.cairn.pel;
