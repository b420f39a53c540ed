/**
 * Damages that somebody could do to a store, one at a time, and whether an audit names each by its
 * class and place. Start at {@code MutationCampaignTest}.
 */
@NullMarked
package dev.cairn.testkit.mutation;

import org.jspecify.annotations.NullMarked;
