/** The execution ledger's conformance suite, on each engine. */
@NullMarked
package dev.cairn.testkit.ledger;

import org.jspecify.annotations.NullMarked;
