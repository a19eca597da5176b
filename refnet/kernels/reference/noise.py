"""How is noise put into training? By random draws of `key`, from draw `first` on, row by row, unit by unit."""

from refnet.kernels.reference.examples import normal, uniform
from refnet.kernels.reference.matrices import Matrix
from refnet.kernels.seam import kernel


@kernel("x: m n, key: key, first: 1 1 whole, p: number wide, divisor: positive -> m n")
def dropout(x: Matrix, key: int, first: Matrix, p: float, divisor: float) -> Matrix:
    """x / divisor with probability 1 − p, where a uniform u ≥ p; otherwise 0.0, even if x is NaN or infinite.

    The mask is not kept but drawn again: backward is the same function of the gradient.
    """
    draws = uniform(key, first, len(x), len(x[0]))
    return [[value / divisor if u >= p else 0.0 for value, u in zip(row, us)] for row, us in zip(x, draws)]


@kernel("x: m n, key: key, first: 1 1 whole, sigma: number -> m n")
def multiplicative_noise(x: Matrix, key: int, first: Matrix, sigma: float) -> Matrix:
    """x · (1 + σN), N standard normal; backward is the same function of the gradient."""
    draws = normal(key, first, len(x), len(x[0]))
    return [[value * (1.0 + sigma * number) for value, number in zip(row, ns)] for row, ns in zip(x, draws)]


@kernel("key: key, first: 1 1 whole, most: positive wide, rows: count m, columns: count n -> m n wide")
def random_moves(key: int, first: Matrix, most: float, rows: int, columns: int) -> Matrix:
    """Whole numbers from −most to most, all equally likely: ⌊u · (2·most + 1)⌋ − most."""
    choices = 2.0 * most + 1.0
    return [[float(int(u * choices)) - most for u in us] for us in uniform(key, first, rows, columns)]


@kernel("x: m n, moves: m r wide, width: count k, back: flag -> m n")
def shift_images(x: Matrix, moves: Matrix, width: int, back: float) -> Matrix:
    """Each row of x as an image with lines of `width` pixels, moved by whole pixels; zeros fill the gap.

    moves (m, 2): how many pixels down, and how many to the right; with back = 1 up, and to the left.
    """
    way = -1.0 if back else 1.0
    return [_shifted(image, way * move[0], way * move[-1], width) for image, move in zip(x, moves)]


@kernel("drawn: 1 1 wide!, rows: count m, columns: count n")
def count_draws(drawn: Matrix, rows: int, columns: int) -> None:
    """drawn += rows · columns: the number of random numbers used so far"""
    drawn[0][0] += float(rows * columns)


def _shifted(image: list[float], down: float, right: float, width: int) -> list[float]:
    """Pixel (line, column) is the one that was at (line − down, column − right), or 0.0 if that is outside."""
    lines = (len(image) - 1) // width + 1
    moved = []
    for pixel in range(len(image)):
        line, column = pixel // width - down, pixel % width - right
        is_inside = 0.0 <= line < lines and 0.0 <= column < width
        source = int(line) * width + int(column) if is_inside else len(image)
        moved.append(image[source] if source < len(image) else 0.0)
    return moved
