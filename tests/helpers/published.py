"""How do well-known tables look as they are published? Files of their forms, with values of our own to learn from.

The names, words and layout are those of UCI's and Kaggle's files; no value is theirs.
"""

from random import Random


def letters(draw, score, words):
    """A word that tells something about the score, from 0 to 1."""
    place = int((0.7 * score + 0.3 * draw.random()) * len(words))
    return words[min(place, len(words) - 1)]


def number(draw, score, low, high, digits=0):
    value = low + (high - low) * (0.6 * score + 0.4 * draw.random())
    return f"{value:.{digits}f}"


def adult(draw, rows, end=""):
    """`, ` between cells, ? for a missing word; the test file has a comment and a full stop behind its labels."""
    lines = ["|1x3 Cross validator\n"] if end else []
    for _ in range(rows):
        score = draw.random()
        lines.append(", ".join([
            number(draw, score, 17, 70), letters(draw, draw.random(), ["Private", "State-gov", "?", "Self-emp-inc"]),
            str(draw.randrange(20000, 400000)), letters(draw, score, ["11th", "HS-grad", "Bachelors", "Masters"]),
            number(draw, score, 5, 16), letters(draw, score, ["Never-married", "Divorced", "Married-civ-spouse"]),
            letters(draw, score, ["?", "Other-service", "Craft-repair", "Exec-managerial"]), "Husband", "White",
            draw.choice(["Male", "Female"]), "0" if draw.random() < 0.9 else "7688", "0", number(draw, score, 20, 60),
            draw.choice(["United-States", "?", "Mexico", "United-States", "United-States"]),
            (">50K" if score > 0.6 else "<=50K") + end,
        ]) + "\n")
    return "".join(lines) + ("\n" if not end else "")


def abalone(draw, rows):
    """A word first, a number to predict last."""
    lines = []
    for _ in range(rows):
        score = draw.random()
        sizes = [number(draw, score, 0.1, 0.9, 3) for _ in range(7)]
        sex = "I" if score < 0.3 else draw.choice("MF")
        lines.append(",".join([sex, *sizes, str(int(3 + 20 * score))]) + "\n")
    return "".join(lines)


def car(draw, rows):
    """Words only, among them numbers: 2, 3, 4 and 5more."""
    lines = []
    for _ in range(rows):
        cells = [draw.choice(["vhigh", "high", "med", "low"]), draw.choice(["vhigh", "high", "med", "low"]),
                 draw.choice(["2", "3", "4", "5more"]), draw.choice(["2", "4", "more"]),
                 draw.choice(["small", "med", "big"]), draw.choice(["low", "med", "high"])]
        if cells[3] == "2" or cells[5] == "low":
            kind = "unacc"
        else:
            kind = "vgood" if cells[0] == "low" else "good" if cells[0] == "med" else "acc"
        lines.append(",".join([*cells, kind]) + "\n")
    return "".join(lines)


def mushroom(draw, rows):
    """Letters only, the class first, ? in one column."""
    lines = []
    for _ in range(rows):
        poison = draw.random() < 0.5
        cells = [draw.choice("xbfs") for _ in range(22)]
        cells[4] = draw.choice("fyspcm" if poison else "aln")
        cells[10] = draw.choice("be?c?")
        cells[15] = "p"  # as veil-type: the same everywhere
        lines.append(",".join(["p" if poison else "e", *cells]) + "\n")
    return "".join(lines)


def titanic(draw, rows):
    """Kaggle's: a header, names in quotes with commas in them, empty cells, a number for each row, CRLF."""
    lines = ["PassengerId,Survived,Pclass,Name,Sex,Age,SibSp,Parch,Ticket,Fare,Cabin,Embarked\r\n"]
    for i in range(rows):
        sex, fare = draw.choice(["male", "female"]), draw.random()
        alive = int(draw.random() < (0.9 if sex == "female" else 0.1))
        age = "" if draw.random() < 0.2 else f"{80 * draw.random():.1f}"
        cabin = f"C{draw.randrange(10**6)}" if draw.random() < 0.3 else ""
        port = "" if i == 61 else draw.choice("SCQ")
        ticket = draw.choice(["PC ", "A/5 ", "", ""]) + str(draw.randrange(10**6))
        lines.append(f'{i + 1},{alive},{draw.randrange(1, 4)},"Name{i}, Mr. ""N"" {i}",{sex},{age},{draw.randrange(3)},'
                     f"0,{ticket},{80 * fare:.4f},{cabin},{port}\r\n")
    return "".join(lines)


def winequality(draw, rows):
    """Semicolons, a header in quotes, whole numbers as classes."""
    names = ["fixed acidity", "volatile acidity", "citric acid", "residual sugar", "alcohol", "quality"]
    lines = [";".join(f'"{name}"' for name in names) + "\n"]
    for _ in range(rows):
        score = draw.random()
        lines.append(";".join([number(draw, score, 4, 16, 1), number(draw, 1 - score, 0.1, 1.5, 2), "0",
                               number(draw, 0.5, 1, 9, 1), number(draw, score, 8, 15, 1), str(4 + int(3 * score))])
                     + "\n")
    return "".join(lines)


def wdbc(draw, rows):
    """An identifier first, the class second, no header."""
    lines = []
    for number_of in draw.sample(range(10**5, 10**8), rows):
        score = draw.random()
        values = [number(draw, score if j % 2 else draw.random(), 0.01, 30, 4) for j in range(30)]
        lines.append(",".join([str(number_of), "M" if score > 0.6 else "B", *values]) + "\n")
    return "".join(lines)


def glass(draw, rows):
    """A row number first, sorted by the class, which is a number; one class has none."""
    kinds = sorted(draw.choice([1, 2, 3, 5, 6, 7]) for _ in range(rows))
    lines = []
    for i, kind in enumerate(kinds):
        values = [number(draw, draw.random(), 0, 1, 5) for _ in range(7)]
        lines.append(",".join([str(i + 1), f"{kind + draw.random():.5f}", *values,
                               f"{(kind * kind) % 11 + draw.random():.2f}", str(kind)]) + "\n")
    return "".join(lines)


def seeds(draw, rows):
    """Tabs, here and there two of them."""
    lines = []
    for i in range(rows):
        kind = i * 3 // rows
        values = [f"{10 + 3 * kind + draw.random():.2f}", f"{draw.random():.4f}", f"{kind - draw.random():.3f}"]
        lines.append("\t".join([*values, ("\t" if i % 9 == 7 else "") + str(kind + 1)]) + "\n")
    return "".join(lines)


def german(draw, rows):
    """Spaces; codes and numbers; the classes 1 and 2."""
    lines = []
    for _ in range(rows):
        score = draw.random()
        lines.append(" ".join([
            letters(draw, score, ["A11", "A12", "A13", "A14"]), number(draw, 1 - score, 4, 72),
            letters(draw, draw.random(), ["A30", "A32", "A34"]), str(draw.randrange(250, 18000)), draw.choice("1234"),
            letters(draw, score, ["A61", "A62", "A65"]), str(draw.randrange(19, 75)), "1" if score > 0.4 else "2",
        ]) + " \n")
    return "".join(lines)


def iris(draw, rows):
    """No header, and a blank line at the end."""
    lines = []
    for i in range(rows):
        kind = i * 3 // rows
        values = [f"{low + high * kind + draw.random():.1f}" for low, high in ((4, 0.8), (2, 0), (1, 2), (0, 0.9))]
        lines.append(",".join([*values, ("Iris-setosa", "Iris-versicolor", "Iris-virginica")[kind]]) + "\n")
    return "".join(lines) + "\n"


def auto_mpg(draw, rows):
    """Numbers in columns of spaces, ? for a missing number, a name in quotes behind a tab; the first is to predict."""
    lines = []
    for i in range(rows):
        weight = draw.random()
        power = "?" if i % 30 == 3 else f"{50 + 150 * weight:.1f}"
        mpg = 40 - 30 * weight + draw.random()
        lines.append(f"{mpg:<7.1f}{draw.choice((4, 6, 8))}   {100 + 300 * weight:<11.1f}{power:<11}"
                     f"{1600 + 3000 * weight:<11.0f}{8 + 12 * draw.random():<7.1f}{70 + i % 13}  {draw.randrange(1, 4)}"
                     f'\t"make {i} de luxe"\n')
    return "".join(lines)


# The file's name, the options that it needs, and the rows.
TABLES = {
    "adult.data": (adult, [], 400),
    "abalone.data": (abalone, ["--regression"], 300),
    "car.data": (car, [], 500),
    "agaricus-lepiota.data": (mushroom, ["--label", "0"], 300),
    "titanic.csv": (titanic, ["--label", "Survived"], 300),
    "winequality-red.csv": (winequality, [], 300),
    "wdbc.data": (wdbc, ["--label", "1"], 200),
    "glass.data": (glass, [], 240),
    "seeds_dataset.txt": (seeds, [], 150),
    "german.data": (german, [], 300),
    "iris.data": (iris, [], 150),
    "auto-mpg.data": (auto_mpg, ["--label", "0", "--regression"], 200),
}


def text_of(name, rows=None, seed=1, **more):
    """The text of a file of this form."""
    make, _, usual = TABLES[name]
    return make(Random(seed), rows or usual, **more)


def write(folder, name, rows=None):
    """Write the file there, with the line ends that it has."""
    path = folder / name
    path.write_bytes(text_of(name, rows).encode())
    return path
