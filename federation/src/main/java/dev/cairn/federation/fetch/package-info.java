/**
 * Payloads that are fetched when they are needed, from any peer that has them: {@code FetchPlan}
 * decides who is asked for what, {@code FetchPart} carries it in a session.
 */
@NullMarked
package dev.cairn.federation.fetch;

import org.jspecify.annotations.NullMarked;
