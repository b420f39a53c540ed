/** The test kit; start here. */
package dev.cairn.testkit;
