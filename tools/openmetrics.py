# SPDX-License-Identifier: BSD-3-Clause
"""Figures in the text format of OpenMetrics 1.0."""

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def escaped(text):
    """A label's value."""
    return str(text).replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


class Metrics:
    """Samples, by the family that they are of."""

    def __init__(self):
        self._families = {}

    def add(self, name, kind, text, value, **labels):
        """Add a sample of a "gauge" or a "counter"; what is no number is left out."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return
        family = self._families.setdefault(name, (kind, text, {}))
        family[2][tuple(sorted(labels.items()))] = value

    def text(self):
        """All of it, as it is served."""
        lines = []
        for name, (kind, text, samples) in sorted(self._families.items()):
            lines += [f"# TYPE {name} {kind}", f"# HELP {name} {text}"]
            suffix = "_total" if kind == "counter" else ""
            for labels, value in samples.items():
                words = ",".join(f'{key}="{escaped(each)}"' for key, each in labels)
                lines.append(f"{name}{suffix}{{{words}}} {value}")
        return "\n".join([*lines, "# EOF", ""])
