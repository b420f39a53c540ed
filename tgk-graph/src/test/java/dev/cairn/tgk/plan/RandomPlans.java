package dev.cairn.tgk.plan;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.plan.Plan.Give;
import dev.cairn.tgk.plan.Plan.Mode;
import dev.cairn.tgk.plan.Plan.Source;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/** Random plans over given artifacts, types, origins and logseqs. */
public final class RandomPlans {
  private final Random random;
  private final List<ArtifactKey> keys;
  private final List<String> types;
  private final List<EdgeType> edgeTypes;
  private final List<String> roles;
  private final List<String> origins;
  private final int logseqs;
  private final long timeFirst;
  private final long timeLast;

  public RandomPlans(
      Random random,
      List<ArtifactKey> keys,
      List<String> types,
      List<EdgeType> edgeTypes,
      List<String> roles,
      List<String> origins,
      int logseqs,
      long timeFirst,
      long timeLast) {
    this.random = random;
    this.keys = keys;
    this.types = types;
    this.edgeTypes = edgeTypes;
    this.roles = roles;
    this.origins = origins;
    this.logseqs = logseqs;
    this.timeFirst = timeFirst;
    this.timeLast = timeLast;
  }

  /** Any plan of up to so many stages. */
  public Plan plan(int stages) {
    return pipeline(random.nextInt(stages + 1), 2);
  }

  private Plan pipeline(int stages, int nesting) {
    Plan plan = source(nesting);
    for (int i = 0; i < stages; i++) {
      plan = stage(plan);
    }
    return plan;
  }

  private Plan source(int nesting) {
    int choice = random.nextInt(nesting > 0 ? 8 : 6);
    if (choice < 3) {
      return Plan.scan(pick(List.of(Source.values())), random.nextInt(3) == 0);
    }
    if (choice < 6) {
      Set<ArtifactKey> some = new TreeSet<>();
      for (int i = random.nextInt(4); i >= 0; i--) {
        some.add(pick(keys));
      }
      return new Plan.Keys(List.copyOf(some));
    }
    Mode mode = pick(List.of(Mode.values()));
    List<Plan> inputs = new ArrayList<>();
    while (inputs.size() < 2 + random.nextInt(2)) {
      Plan input = pipeline(random.nextInt(3), nesting - 1);
      boolean keyed = input.shape().hasKeys();
      boolean fits =
          mode == Mode.CHAIN ? inputs.isEmpty() || inputs.get(0).shape().hasKeys() == keyed : keyed;
      if (fits) {
        inputs.add(input);
      }
    }
    return new Plan.Merge(mode, inputs);
  }

  private Plan stage(Plan input) {
    List<Field> available = new ArrayList<>(input.shape().available());
    boolean hasKeys = input.shape().hasKeys();
    return switch (random.nextInt(hasKeys ? 13 : 7)) {
      case 0, 6 -> input.where(conditions(available));
      case 1 -> input.select(some(available.stream().filter(Field::isShown).toList()));
      case 2 -> {
        List<Field> by =
            available.stream().filter(f -> f.isGroupable() && f != Field.COUNT).toList();
        yield random.nextBoolean() || by.isEmpty() ? input.countBy() : input.countBy(some(by));
      }
      case 3 -> {
        List<Field> groupable = available.stream().filter(Field::isGroupable).toList();
        yield groupable.isEmpty() ? input : input.distinct(some(groupable));
      }
      case 4 -> {
        List<Field> rankable = available.stream().filter(Field::isRankable).toList();
        yield rankable.isEmpty() ? input : input.top(1 + random.nextInt(6), pick(rankable));
      }
      case 5 -> input.first(1 + random.nextInt(8));
      case 7 -> input.live();
      case 8 -> input.pathTo(pick(keys), reach());
      case 9 -> input.common(reach());
      default -> {
        List<Field> ofItems = new ArrayList<>(Plan.artifacts().shape().available());
        yield input.walk(
            reach(),
            pick(List.of(Give.values())),
            random.nextInt(3) > 0 ? new Condition[0] : conditions(ofItems));
      }
    };
  }

  private Reach reach() {
    Reach reach = Reach.of(pick(List.of(Heading.values())));
    if (random.nextBoolean()) {
      reach = reach.withDepthMax(random.nextInt(4));
    }
    if (random.nextInt(3) == 0) {
      reach = reach.withTypes(List.of(pick(edgeTypes), pick(edgeTypes)));
    }
    return reach;
  }

  private Condition[] conditions(List<Field> fields) {
    Condition[] conditions = new Condition[1 + random.nextInt(2)];
    Arrays.setAll(conditions, i -> condition(pick(fields)));
    return conditions;
  }

  private Condition condition(Field field) {
    Condition condition =
        switch (field.kind()) {
          case KEY, ENDS -> {
            String key = pick(keys).toString();
            int colon = key.indexOf(':');
            yield random.nextBoolean()
                ? Condition.begins(field, key.substring(colon + 1, colon + 2 + random.nextInt(3)))
                : Condition.begins(field, key.substring(0, colon + 2 + random.nextInt(64)));
          }
          case HEX ->
              field == Field.ORIGIN
                  ? Condition.begins(field, pick(origins))
                  : Condition.begins(field, Integer.toHexString(random.nextInt(16)), "sha256:00");
          case TEXT -> Condition.anyOf(field, patterns(field));
          case ROLE -> Condition.is(field, pick(roles), pick(roles));
          case WORD ->
              field == Field.KIND
                  ? Condition.is(field, pick(List.of("artifact", "edge", "receipt")))
                  : Condition.is(
                      field, pick(List.of("live", "shadowed", "retracted", "absent")), "live");
          case NUMBER -> range(field, 0, field == Field.SIZE ? 60 : logseqs);
          case COUNT -> range(field, 0, 5);
          case TIME -> range(field, timeFirst, timeLast);
        };
    return random.nextInt(4) == 0 ? condition.not() : condition;
  }

  private List<TextPattern> patterns(Field field) {
    List<TextPattern> patterns = new ArrayList<>();
    for (int i = random.nextInt(2); i >= 0; i--) {
      String text = field == Field.TYPE ? pick(types) : pick(edgeTypes).text();
      patterns.add(
          random.nextInt(3) == 0
              ? TextPattern.beginning(text.substring(0, Math.min(text.length(), 2)))
              : TextPattern.exactly(text));
    }
    return patterns;
  }

  private Condition range(Field field, long first, long last) {
    long one = first + (long) (random.nextDouble() * (last - first + 1));
    long two = first + (long) (random.nextDouble() * (last - first + 1));
    return switch (random.nextInt(3)) {
      case 0 -> Condition.between(field, Condition.Range.OPEN_LEAST, one);
      case 1 -> Condition.between(field, one, Condition.Range.OPEN_GREATEST);
      default -> Condition.between(field, Math.min(one, two), Math.max(one, two));
    };
  }

  private Field[] some(List<Field> fields) {
    List<Field> shuffled = new ArrayList<>(fields);
    Collections.shuffle(shuffled, random);
    return shuffled
        .subList(0, 1 + random.nextInt(Math.min(3, shuffled.size())))
        .toArray(new Field[0]);
  }

  private <T> T pick(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }
}
