"""How does the command line read a table? Columns that tell nothing left out, the rest prepared, all of it noted."""

from collections.abc import Collection
from contextlib import suppress
from typing import Any, NamedTuple, Optional

from refnet.checks import counted, shown
from refnet.cli.errors import CommandError, in_options
from refnet.cli.screen import warn
from refnet.data import Dataset, Preparation, Table, identifiers, is_idx_file
from refnet.data.cells import dates_or_number, is_missing, is_number
from refnet.data.encoding import gaps, incomplete, stray_word
from refnet.data.table_files import opened, read_both
from refnet.data.tables import labelled, listed

TABLE_OPTIONS = ("label", "header", "delimiter", "decimal")  # those of reading a table, under read_table's names
PREPARING = ("missing_values", "missing", "drop", "categories")  # those of preparing it, kept in the file
MOST_CATEGORIES = 200  # of a column of words, unless --categories names it
MANY_CLASSES = 10  # that are numbers: digits have ten
FEW_CATEGORIES = 20  # so many may differ in all rows
NAMES_OF_LABELS = ("class", "label", "target")
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "|", " ": "white space", None: "none: cells of a sheet"}


class Found(NamedTuple):
    """What was found in a table for training, and what is done about it."""

    preparation: Preparation
    header: bool
    delimiter: Optional[str]
    label: dict[str, Any]  # the label column's number and name
    left_out: dict[str, str]  # columns, and why
    without_label: int  # rows that are left out for that
    missing: int  # values
    hint: str
    decimal: str  # the decimal sign as asked for
    words: list[str]  # what is said about columns of words

    def note(self) -> dict[str, Any]:
        """What predict and evaluate have to know, as JSON has it."""
        return {"delimiter": self.delimiter, "label": self.label, "preparation": self.preparation.document()}

    def lines(self) -> list[tuple[str, str]]:
        """(what, text) of each line that says what was found and chosen."""
        name = self.label["place"] if self.label["name"] is None else repr(self.label["name"])
        header = "header" if self.header else "no header"
        sources = self.preparation.sources or []
        words = [each for each in sources if each.categories is not None]
        columns = counted(len(sources) - len(words), "column") + " of numbers"
        if words:
            made = len(self.preparation.indicators)
            columns += f", {len(words)} of categories as {made:,} of 0 and 1 (not standardised)"
        comma = ", decimal comma" if self.decimal == "," else ""
        found = [("table", f"delimiter {DELIMITERS.get(self.delimiter, self.delimiter)}{comma}, {header}, label column "
                           f"{name}{self.hint}; {columns}")]
        if self.words:
            found.append(("words", "; ".join(self.words)))
        if self.left_out:
            found.append(("left out", ", ".join(f"{name} ({why})" for name, why in self.left_out.items())
                          + "; --drop none or --categories COLUMN keeps them"))
        if self.missing or self.without_label:
            fill = self.preparation.missing
            choice = ("their rows are left out" if fill == "drop"
                      else f"numbers become the training part's {fill}, categories 0")
            text = f"{counted(self.missing, 'value')}: {choice} (--missing)" if self.missing else ""
            rows = f"{counted(self.without_label, 'row')} without a label left out" if self.without_label else ""
            found.append(("missing", "; ".join(filter(None, (text, rows)))))
        return found


def read(path: str, settings: dict[str, Any], again: bool = False) -> tuple[Dataset, Found]:
    """(the examples, still a table; what was found), as the settings ask for; settings["drop"] is filled in.

    again  settings["drop"] is what was noted in training: all columns that are left out
    """
    no_idx_file(path)
    missing, label, categories = settings["missing"], settings["label"], settings["categories"] or ()
    try:
        table, data = read_both(path, label, settings["header"], None, settings["regression"], settings["delimiter"],
                                missing, False, settings["decimal"], settings["missing_values"] or ())
        at, inputs = table.place(label), data.inputs
        drop, only = settings["drop"] or [], again or settings["drop"] == []
        if not again and drop[:1] == ["none"]:
            drop, only = drop[1:], True
        dropped = {inputs.place(each, "drop") for each in drop}
        said = words_said(inputs, dropped.union(inputs.place(each, "categories") for each in categories))
        why = {} if only else left_out(inputs, categories, dropped)
        settings["drop"] = drop + [inputs.columns[j] if inputs.columns else inputs.places[j] for j in why]
        dropped.update(why)
        preparation = Preparation(missing, settings["drop"], categories)
    except (ValueError, ImportError) as error:
        raise CommandError(in_options(str(error))) from None
    used = [j for j in range(inputs.width) if j not in dropped]
    missing_values = sum(1 for j in used for _ in gaps(inputs, j))
    titles = {repr(inputs.columns[j]) if inputs.columns else f"column {inputs.places[j]}": why[j] for j in why}
    name = table.columns[at] if table.columns else None
    return data, Found(preparation, table.columns is not None, table.delimiter, {"place": at, "name": name}, titles,
                       len(table) - len(data), missing_values, label_hint(data, name), settings["decimal"], said)


def no_idx_file(path: str) -> None:
    """Raise CommandError for an IDX file, which is no table."""
    if is_idx_file(path):
        raise CommandError(f"{path}: one IDX file; expected the folder that holds images and labels")


def label_hint(data: Dataset, label: Optional[str]) -> str:
    """A question, if another column has the name of a label, or if many classes are numbers."""
    others = [each for each in data.columns or () if each.lower() in NAMES_OF_LABELS]
    if others and (label or "").lower() not in NAMES_OF_LABELS:
        return f" (or is it --label {others[0]}?)"
    many = data.classes and len(data.classes) > MANY_CLASSES and all(map(is_number, data.classes))
    return f", {len(data.classes or ())} numbers as classes (a number to predict? --regression)" if many else ""


def words_said(table: Table, but: Collection[int]) -> list[str]:
    """What is said about columns of words that look like dates or numbers, but for these."""
    kinds = {j: dates_or_number(set(table.cells(j))) for j in range(table.width) if table.has_words(j) and j not in but}
    dates = [table.title(j) for j, kind in kinds.items() if kind == "dates"]
    numbers = [f"{table.title(j)} (such as {shown(kind)})" for j, kind in kinds.items() if kind and kind != "dates"]
    said = []
    if dates:
        said.append(f"dates are words here: {listed(dates)}; year, month … in columns of their own are numbers, --drop "
                    "leaves dates out")
    if numbers:
        said.append(f"numbers in another notation are words here: {listed(numbers)}; --decimal , (or .) says what the "
                    "decimal sign is, units have to go")
    return said


def left_out(table: Table, categories: Any, dropped: Collection[int] = ()) -> dict[int, str]:
    """Columns that tell nothing about new examples, and why, beside those that are dropped; never all of them."""
    named = {table.place(each, "categories") for each in categories}.union(dropped)
    found = {j: why for j, why in identifiers(table).items() if j not in named}
    for j in range(table.width):
        if j in named or j in found:
            continue
        rows = len(table) - sum(1 for _ in gaps(table, j))
        if rows == 0:
            found[j] = "all values are missing"
        elif table.has_words(j) and stray_word(table, j) is None:
            words = len({each for each in set(table.cells(j)) if not is_missing(each)})
            if words > MOST_CATEGORIES or words > max(FEW_CATEGORIES, rows / 2):
                found[j] = f"{words:,} different words"
    return found if len(found) + len(dropped) < table.width else {}


# --- For a trained network ---


def read_for(model: Any, path: str, options: dict[str, Any], with_label: bool, hint: str = "") -> Dataset:
    """The rows that a network takes, made as in its training; with_label: with targets, as its classes or numbers."""
    no_idx_file(path)
    note, label = note_of(model), options.get("label")
    delimiter = options.get("delimiter", note["delimiter"] or "auto")
    reading = note["preparation"].reading
    try:
        header = options.get("header", "auto")
        names = [each.name for each in note["preparation"].sources if each.name is not None]
        table, _ = opened(path, label if isinstance(label, str) else None, header, True, delimiter, names,
                          options.get("decimal", reading["decimal"]), reading["missing_values"],
                          None if model.task == "regression" else lambda table: label_place(note, table, label))
        check_delimiter(note, table, options)
        at = label_place(note, table, label)
        if at is None and with_label:
            check_label(note, table)
        if at is None and table.width == note["preparation"].total - 1:
            if table.columns is None and len(note["preparation"].sources) < table.width:
                warn(f"{table.name}: {counted(table.width, 'column')}, one less than in training: read as without its "
                     f"label, column {note['label']['place']}")  # or without one of those that are left out
            places = [j for j in range(table.width + 1) if j != note["label"]["place"]]
            table = table.placed(places, table.width + 1)
        return prepared(model, note["preparation"], table, at, with_label, hint)
    except (ValueError, ImportError) as error:
        raise CommandError(in_options(str(error))) from None


def check_delimiter(note: dict[str, Any], table: Table, options: dict[str, Any]) -> None:
    """Raise CommandError for lines that training's delimiter does not cut, where there were several columns."""
    names = [each.name for each in note["preparation"].sources]
    if table.width == 1 < note["preparation"].total - 1 and not set(names) <= set(table.columns or ()):
        given = options.get("delimiter", table.delimiter)
        cut = DELIMITERS.get(given, given)
        of_training = "" if "delimiter" in options else ", which was that of training"
        raise CommandError(f"{table.name}: 1 column, with the delimiter {cut}{of_training}; --delimiter CHAR says "
                           "which character stands between two cells")


def label_place(note: dict[str, Any], table: Table, label: Any) -> Optional[int]:
    """Where the label column is: as asked for, else as in training; None if it seems not to be there."""
    if label is not None:
        return table.place(label)
    name = note["label"]["name"]
    if table.columns and name is not None and table.columns.count(name) < 2:
        return table.columns.index(name) if name in table.columns else None
    return note["label"]["place"] if table.width == note["preparation"].total else None


def check_label(note: dict[str, Any], table: Table) -> None:
    """Raise CommandError for a table that has no label column, as far as names or numbers of columns tell."""
    name, total = note["label"]["name"], note["preparation"].total
    if table.columns and name is not None:
        raise CommandError(f"{table.name}: no label column {shown(name)} among {listed(table.columns)}; --label says "
                           "which it is")
    if table.width == total - 1:
        raise CommandError(f"{table.name}: {counted(table.width, 'column')}, one less than in training: without a "
                           "label column? --label says which it is")


def prepared(model: Any, preparation: Preparation, table: Table, at: Optional[int], with_label: bool,
             hint: str) -> Dataset:
    """The table as the model's examples."""
    missing, regression = preparation.missing, model.task == "regression"
    if with_label:
        at = table.width - 1 if at is None else at
        data = labelled(table, table.places[at], None if regression else model.classes, regression, missing)
    else:
        data = Dataset(table if at is None else table.without(at))
    inputs = data.inputs
    if not (inputs.columns and preparation.columns) and inputs.total != preparation.total:
        found = counted(inputs.width, "feature")
        raise CommandError(f"{inputs.name}: {found} a row; {model.path} takes {preparation.total - 1}{hint}")
    gone = incomplete(inputs, preparation.places(inputs)) if missing != "refuse" else []
    if gone and missing == "drop" and not with_label:
        raise CommandError(f"{inputs.name}, line {inputs.lines[inputs.numbers[gone[0]]]}: has a missing value; "
                           f"{model.path} was trained with --missing drop and says nothing about such rows")
    if len(data) < len(table):
        warn(f"{inputs.name}: {counted(len(table) - len(data), 'row')} without a label left out")
    if gone:
        what = "left out" if missing == "drop" else f"filled with the training part's {missing}, categories with 0"
        warn(f"{inputs.name}: {counted(len(gone), 'row')} with missing values {what}")
    return preparation.transform(data)


def noted_by_python(document: Any) -> dict[str, Any]:
    """The note of a table of which Python code has kept the preparation alone: notes["preparation"]. The label is the
    last column that the preparation does not use."""
    used, total = set(), -1
    with suppress(KeyError, TypeError, IndexError):
        used, total = {place for place, *_ in document["sources"]}, int(document["total"])
    free = [place for place in range(total) if place not in used]
    return {"delimiter": None, "label": {"place": free[-1] if free else total, "name": None},
            "preparation": document}


def note_of(model: Any) -> dict[str, Any]:
    """What `refnet train` has noted of the table, or the like for a network that it has not trained on one."""
    notes, inputs = model.network.notes, model.network.inputs
    note = notes.get("table")
    if note is None and "preparation" in notes:
        note = noted_by_python(notes["preparation"])
    elif note is None:
        label, columns = model.settings.get("label", -1), model.columns or [None] * inputs
        place = label % (inputs + 1) if isinstance(label, int) else inputs
        places = [j for j in range(inputs + 1) if j != place]
        sources = [[j, name, None, None] for j, name in zip(places, columns)]
        note = {"delimiter": model.settings.get("delimiter"),
                "label": {"place": place, "name": label if isinstance(label, str) else None},
                "preparation": {"missing": "refuse", "total": inputs + 1, "sources": sources}}
    try:
        return {**note, "preparation": Preparation.of(note["preparation"])}
    except (KeyError, TypeError, ValueError) as error:
        raise CommandError(f"{model.path}: its note of the table is not one of `refnet train`: {error}") from None
