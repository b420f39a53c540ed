package dev.cairn.cli.command;

import java.util.Arrays;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi.Text;
import picocli.CommandLine.Help.ColorScheme;
import picocli.CommandLine.Help.IOptionRenderer;
import picocli.CommandLine.Help.IParamLabelRenderer;
import picocli.CommandLine.Help.IParameterRenderer;
import picocli.CommandLine.IHelpFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Help in which the text of an option is one text, wherever its source is broken into lines. */
final class WholeTextHelp extends Help {
  private WholeTextHelp(CommandSpec command, ColorScheme colours) {
    super(command, colours);
  }

  static final class Factory implements IHelpFactory {
    @Override
    public Help create(CommandSpec command, ColorScheme colours) {
      return new WholeTextHelp(command, colours);
    }
  }

  @Override
  public IOptionRenderer createDefaultOptionRenderer() {
    return new Options(super.createDefaultOptionRenderer());
  }

  @Override
  public IParameterRenderer createDefaultParameterRenderer() {
    return new Parameters(super.createDefaultParameterRenderer());
  }

  private record Options(IOptionRenderer each) implements IOptionRenderer {
    @Override
    public Text[][] render(OptionSpec option, IParamLabelRenderer labels, ColorScheme colours) {
      return joined(each.render(option, labels, colours));
    }
  }

  private record Parameters(IParameterRenderer each) implements IParameterRenderer {
    @Override
    public Text[][] render(
        PositionalParamSpec parameter, IParamLabelRenderer labels, ColorScheme colours) {
      return joined(each.render(parameter, labels, colours));
    }
  }

  /** The first row, with the last column of all rows as its own. */
  private static Text[][] joined(Text[][] rows) {
    if (rows.length == 0) {
      return rows;
    }
    Text[] first = Arrays.copyOf(rows[0], rows[0].length);
    int last = first.length - 1;
    for (int row = 1; row < rows.length; row++) {
      first[last] = first[last].concat(" ").concat(rows[row][last]);
    }
    return new Text[][] {first};
  }
}
