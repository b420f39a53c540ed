package dev.cairn.tgk.plan.run;

import dev.cairn.tgk.plan.Plan;
import java.util.List;

/** How many rows an operator is expected to give. */
record Estimate(Plan plan, long rows, List<Estimate> inputs) {}
