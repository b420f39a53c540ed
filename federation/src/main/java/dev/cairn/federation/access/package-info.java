/** Who may do what: rights, grants of them, and the policy that gives a caller its grant. */
@NullMarked
package dev.cairn.federation.access;

import org.jspecify.annotations.NullMarked;
