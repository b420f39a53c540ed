package dev.cairn.bench.speed;

/** Every measurement, in the order in which they run. */
enum Works {
  PREPARE("prepare", false),
  INGEST("ingest", false),
  RELAXED("relaxed", false),
  SINGLE("single", false),
  CALLERS("callers", false),
  LARGE("large", false),
  DISK("disk", true),
  OPEN("open", true),
  GET("get", true),
  SCAN("scan", true),
  REINGEST("reingest", true),
  STATE_ROOT("stateroot", true),
  START("start", false),
  TREE("tree", false),
  COMPRESSION("compression", false),
  PROGRAM("program", false),
  GRAPH_SHALLOW("graph-shallow", false),
  GRAPH_SKEWED("graph-skewed", false),
  GRAPH_DEEP("graph-deep", false),
  WASM("wasm", false),
  SYNC("sync", false),
  LIVE("live", false),
  BOOTSTRAP("bootstrap", false),
  AUDIT("audit", false),
  REPLAY("replay", false);

  private final String label;
  private final boolean onPrepared;

  Works(String label, boolean onPrepared) {
    this.label = label;
    this.onPrepared = onPrepared;
  }

  /** What it is called on the command line. */
  String label() {
    return label;
  }

  /** True if it needs what {@link #PREPARE} makes. */
  boolean onPrepared() {
    return onPrepared;
  }

  Work make() {
    return switch (this) {
      case PREPARE -> new PrepareWork();
      case INGEST -> new IngestWork(true);
      case RELAXED -> new IngestWork(false);
      case SINGLE -> new SingleWork(1, 0.9);
      case CALLERS -> new SingleWork(32, 0.8);
      case LARGE -> new LargeWork();
      case DISK -> new DiskWork();
      case OPEN -> new OpenWork();
      case GET -> new GetWork();
      case SCAN -> new ScanWork();
      case REINGEST -> new ReingestWork();
      case STATE_ROOT -> new StateRootWork();
      case START -> new StartWork();
      case TREE -> new TreeWork();
      case COMPRESSION -> new CompressionWork();
      case PROGRAM -> new ProgramWork();
      case GRAPH_SHALLOW -> new GraphWork(Dag.Shape.SHALLOW);
      case GRAPH_SKEWED -> new GraphWork(Dag.Shape.SKEWED);
      case GRAPH_DEEP -> new GraphWork(Dag.Shape.DEEP);
      case WASM -> new WasmWork();
      case SYNC -> new SyncWork();
      case LIVE -> new LiveWork();
      case BOOTSTRAP -> new BootstrapWork();
      case AUDIT -> new AuditWork();
      case REPLAY -> new ReplayWork();
    };
  }

  static Works of(String label) {
    for (Works works : values()) {
      if (works.label.equals(label)) {
        return works;
      }
    }
    throw new IllegalArgumentException("no row '" + label + "'");
  }
}
