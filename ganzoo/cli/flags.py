"""Flags: parsed by absl, refused in one line."""

import ast
import re
import sys
import textwrap

from absl import flags

from ganzoo.registry import unknown


class UsageError(Exception):
    """A command line that cannot be carried out; the message is one line for the user."""


def run(command, argv):
    """Carry out `command(argv)` as a process does.

    Args:
        command: function of a list of arguments, without the program's name, that returns an exit
            code or None for 0.
        argv: list of str.

    Returns:
        The exit code: 2 after a usage error, 130 after Ctrl-C.
    """
    try:
        return command(argv) or 0
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130


def parse(define, argv, usage):
    """The values of a command's flags.

    Args:
        define: function that defines them on an `absl.flags.FlagValues`.
        argv: list of str, without the program's name.
        usage: text above the flags in the answer to `--help`.

    Returns:
        The `FlagValues`; None if help was asked for and printed.

    Raises:
        UsageError: unknown flags, values of the wrong type, positional arguments.
    """
    values = flags.FlagValues()
    define(values)
    if any(argument in ("--help", "-help", "-h") for argument in argv):
        print(help_text(values, usage))
        return None
    try:
        rest = values(["", *argv])[1:]
    except flags.UnrecognizedFlagError as error:
        raise UsageError(unknown("flag", error.flagname, sorted(values))) from None
    except flags.Error as error:
        raise UsageError(" ".join(str(error).split())) from None
    if rest:
        raise UsageError(f"{rest[0]!r} is not a flag: write --name=value; --help lists the names")
    return values


def help_text(values, usage):
    """The usage and a line or two for every flag, in alphabetical order."""
    lines = [textwrap.dedent(usage).strip(), ""]
    for name in sorted(values):
        flag = values[name]
        default = "" if flag.default in (None, []) else f" (default: {flag.default})"
        text = f"--{name}: {' '.join(flag.help.split())}{default}"
        lines += textwrap.wrap(text, 100, initial_indent="  ", subsequent_indent="      ")
    return "\n".join(lines)


def overrides(settings):
    """Settings of a model from the command line.

    Args:
        settings: list of str, "name=value" or "network.name=value", values as Python literals; a
            bare word or path stands for itself.

    Returns:
        Nested dict, for example {"penalty_weight": 5, "generator": {"width": 32}}.

    Raises:
        UsageError: no name, no value, or a value that is no literal.
    """
    result = {}
    for setting in settings:
        path, separator, text = setting.partition("=")
        names = path.strip().split(".")
        if not separator or not all(name.isidentifier() for name in names):
            raise UsageError(
                f"--set={setting}: write --set=name=value or --set=network.name=value, "
                "for example --set=penalty_weight=5"
            )
        inner = result
        for name in names[:-1]:
            inner = inner.setdefault(name, {})
            if not isinstance(inner, dict):
                raise UsageError(f"--set={setting}: {name} already has a value of its own")
        inner[names[-1]] = _literal(setting, text.strip())
    return result


def _literal(setting, text):
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        if text.lower() in ("true", "false", "none"):
            raise UsageError(f"--set={setting}: write {text.capitalize()}") from None
        if re.fullmatch(r"[A-Za-z_][\w-]*|([A-Za-z_.~][\w.-]*)?/[\w./-]*", text):
            return text
        raise UsageError(
            f"--set={setting}: {text!r} is no Python literal (a number, True, None, a quoted "
            "string, a list, a tuple, a dict)"
        ) from None


def at_least(values, minimum, *names):
    """Refuse integers below `minimum`; None (not given) passes."""
    for name in names:
        value = values[name].value
        if value is not None and value < minimum:
            raise UsageError(f"--{name}={value}: give an integer of at least {minimum}")
