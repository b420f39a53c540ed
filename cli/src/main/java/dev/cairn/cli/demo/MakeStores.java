package dev.cairn.cli.demo;

import dev.cairn.federation.node.CairnNode;
import java.util.TreeSet;

/** Three stores on disk, each with a node key of its own. */
final class MakeStores implements Step {
  @Override
  public String name() {
    return "stores";
  }

  @Override
  public String title() {
    return "Three stores, each with a node key of its own";
  }

  @Override
  public void run(Tour tour, Chapter chapter) {
    TreeSet<String> identities = new TreeSet<>();
    TreeSet<String> roots = new TreeSet<>();
    long records = 0;
    for (String name : new String[] {"A", "B", "C"}) {
      CairnNode node = tour.create(name);
      String identity = node.store().origin().node().toString();
      identities.add(identity);
      roots.add(node.store().stateRoot().toHex());
      records += node.store().heads().size();
      chapter.facts().add(name, identity);
      chapter.say(name + " is node " + identity);
    }
    chapter.claim("each node has an identity of its own", 3, identities.size());
    chapter.claim("they begin with no log", 0, records);
    chapter.claim("empty as they are, they have one state root", 1, roots.size());
  }
}
