package dev.cairn.cli.report;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import java.util.Base64;

/** How the page looks, and the policy that lets a browser use this and nothing else. */
final class HtmlStyle {
  /** The style sheet. Colours have a contrast of at least 4.5 to 1 with what lies behind them. */
  static final String SHEET =
      """
      :root{color-scheme:light dark;--page:#fff;--text:#1b1f24;--quiet:#57606a;--rule:#d0d7de;
      --soft:#f3f5f8;--good:#116329;--bad:#a40e26;--open:#7a4d00;--same:#e6f4ea;--differs:#fdebec}
      @media screen and (prefers-color-scheme:dark){:root{--page:#14181d;--text:#e6e9ed;
      --quiet:#a5afba;--rule:#3b444e;--soft:#1e242b;--good:#6fd08c;--bad:#ff9aa2;--open:#f0b65a;
      --same:#16301f;--differs:#3d1c21}}
      *{box-sizing:border-box}
      body{margin:0;background:var(--page);color:var(--text);
      font:16px/1.5 system-ui,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
      main{max-width:62rem;margin:0 auto;padding:1rem}
      h1{font-size:1.5rem;line-height:1.25;margin:.2rem 0 .6rem}
      h2{font-size:1.2rem;margin:2.2rem 0 .6rem;padding-top:.8rem;border-top:1px solid var(--rule)}
      h3{font-size:1rem;margin:1.4rem 0 .4rem}
      p,dl{margin:.4rem 0}
      header{border-left:.5rem solid var(--open);background:var(--soft);padding:.8rem 1rem}
      header.verified{border-color:var(--good)}
      header.refuted,header.misbehaviour{border-color:var(--bad)}
      .quiet{color:var(--quiet);font-size:.875rem}
      dt{font-weight:600}dd{margin:0 0 .5rem}
      .code,code,pre{font-family:ui-monospace,"Liberation Mono",Consolas,monospace;font-size:.875em}
      code,td,dd,h1,h2,h3,summary{overflow-wrap:anywhere}
      pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:0}
      .wide{overflow-x:auto;margin:.6rem 0}
      table{border-collapse:collapse;width:100%;font-size:.875rem}
      caption{text-align:left;color:var(--quiet);padding:.2rem 0}
      th,td{text-align:left;vertical-align:top;border:1px solid var(--rule);padding:.3rem .5rem}
      td{min-width:6rem}th{background:var(--soft);font-weight:600}
      article{border:1px solid var(--rule);border-left:.3rem solid var(--open);
      padding:.2rem 1rem .6rem;margin:1rem 0}
      article.error,article.misbehaviour{border-left-color:var(--bad)}
      .good{color:var(--good)}.bad{color:var(--bad)}
      figure{margin:.8rem 0}
      figcaption{color:var(--quiet);font-size:.875rem}
      svg{display:block;max-width:none;height:auto}
      svg text{fill:var(--text);font-size:13px;text-anchor:middle}
      svg text.code{font-size:12px}svg text.small{font-size:11px;fill:var(--quiet)}
      svg text.name{font-weight:600}svg text.sign{font-size:22px;fill:var(--bad)}
      svg rect{fill:var(--soft);stroke:var(--quiet);stroke-width:1}
      svg rect.same{fill:var(--same);stroke:var(--good)}
      svg rect.differs{fill:var(--differs);stroke:var(--bad)}
      svg rect.absent{fill:none;stroke-dasharray:4 3}
      svg rect.taken{stroke-width:3}svg rect.edge{rx:22px}
      svg line{stroke:var(--quiet);stroke-width:1.2}
      svg line.path{stroke:var(--bad);stroke-width:2.5}svg line.dashed{stroke-dasharray:4 3}
      svg path.head{fill:var(--quiet)}
      @media print{body{font-size:10pt}main{max-width:none;padding:0}.wide{overflow:visible}
      svg{max-width:100%;max-height:22cm}article,figure,tr{break-inside:avoid}h2,h3{break-after:avoid}}
      """;

  private HtmlStyle() {}

  /** A Content Security Policy (W3C, level 3) that allows the sheet and forbids all else. */
  static String policy() {
    Bytes digest = HashAlgorithm.SHA_256.hash(Bytes.utf8(SHEET));
    return "default-src 'none'; style-src 'sha256-"
        + Base64.getEncoder().encodeToString(digest.toArray())
        + "'; base-uri 'none'; form-action 'none'";
  }
}
