/**
 * Who is a member of the federation, and how far each member has said that it holds the logs in
 * which things were removed: signed records, the rows folded from them, and what follows. Start at
 * {@code Membership}, which reads, and {@code MemberWriter}, which states.
 */
@NullMarked
package dev.cairn.federation.member;

import org.jspecify.annotations.NullMarked;
