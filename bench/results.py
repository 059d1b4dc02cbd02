"""What scenarios give back, and the one table that is printed of it."""
import dataclasses
import statistics

STAGES = ["accept", "validate", "commit", "dispatch", "sign", "send", "settle"]


@dataclasses.dataclass
class Row:
    """One line of the table. `values` are those of the rounds, `limits` those of the same rounds."""
    scenario: str
    figure: str
    unit: str
    values: list
    limit: str = ""
    limits: list = dataclasses.field(default_factory=list)
    # Of the server, one dictionary a round: Usage.end().
    costs: list = dataclasses.field(default_factory=list)
    stages: dict = dataclasses.field(default_factory=dict)  # CPU µs per event.
    fsyncs: float | None = None                             # Per event.

    def ratio(self):
        limit = middle(self.limits)
        return None if not limit else middle(self.values) / limit

    def cost(self, name):
        return middle([cost[name] for cost in self.costs])


def middle(values):
    return statistics.median(values) if values else None


def short(value, digits=3):
    """Four figures at most, for people."""
    if value is None:
        return ""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if value == 0 or abs(value) < 10 ** -digits:
        return "0" if value == 0 else f"{value:.1g}"
    for bound, places in ((100, 0), (10, 1), (1, 2)):
        if abs(value) >= bound:
            return f"{value:.{places}f}"
    return f"{value:.{digits}f}"


HEADER = (["scenario", "figure", "unit", "median", "lowest", "highest", "limit", "ratio", "CPU µs"] +
          STAGES + ["stmts", "fsyncs", "bytes", "MiB"])
LEFT = {"scenario", "figure", "unit"}


def cells(row):
    limit = f"{row.limit} {short(middle(row.limits))}" if row.limits else row.limit
    ratio = row.ratio()
    return ([row.scenario, row.figure, row.unit, short(middle(row.values)), short(min(row.values)),
             short(max(row.values)), limit, "" if ratio is None else f"{ratio:.2f}",
             short(row.cost("cpu_us"))] +
            [short(row.stages.get(stage)) for stage in STAGES] +
            [short(row.cost("statements")), short(row.fsyncs), short(row.cost("bytes_written")),
             short(row.cost("resident_mib"))])


def text_table(rows):
    lines = [HEADER] + [cells(row) for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADER))]
    text = []
    previous = None
    for line in lines:
        shown = list(line)
        if shown[0] == previous:
            shown[0] = ""
        previous = line[0]
        text.append("  ".join(cell.ljust(width) if HEADER[i] in LEFT else cell.rjust(width)
                              for i, (cell, width) in enumerate(zip(shown, widths))).rstrip())
    return "\n".join(text)


def markdown_table(rows):
    lines = [HEADER, ["---" if name in LEFT else "---:" for name in HEADER]]
    lines += [cells(row) for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
