/** Federation between nodes; start here. */
package dev.cairn.federation;
