"""What TruncatedSVDTests.swift expects: the greatest singular values of a generated matrix and their right singular vectors.

By NumPy's exact decomposition in double precision, and scikit-learn's TruncatedSVD beside it, which has to agree.
Run it with numpy and scikit-learn, and paste what it prints.
"""

import numpy as np
from sklearn.decomposition import TruncatedSVD

ROWS, COLUMNS, RANK = 60, 45, 5


def matrix():
    state = 5
    dense = np.zeros((ROWS, COLUMNS), dtype=np.float32)

    def draw():
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return state >> 33

    for row in range(ROWS):
        for column in range(COLUMNS):
            if draw() % 4 == 0:
                value = np.float32(draw() % 1000) / np.float32(100) - np.float32(5)
                dense[row, column] = value / np.float32(1 + column)
    return dense


def oriented(vectors):
    greatest = np.abs(vectors).argmax(axis=1)
    return vectors * np.sign(vectors[np.arange(len(vectors)), greatest])[:, None]


exact = matrix().astype(np.float64)
values, vectors = np.linalg.svd(exact, full_matrices=False)[1:]
vectors = oriented(vectors[:RANK])
library = TruncatedSVD(RANK, algorithm="arpack").fit(exact)
assert np.allclose(library.singular_values_, values[:RANK], rtol=1e-10)
assert np.allclose(oriented(library.components_), vectors, atol=1e-8)
randomized = TruncatedSVD(RANK, algorithm="randomized", n_oversamples=16, n_iter=8, random_state=0).fit(exact)
assert np.allclose(randomized.singular_values_, values[:RANK], rtol=1e-8)
print("singular values:", [float(f"{value:.8f}") for value in values[:RANK]])
for vector in vectors:
    print("first entries:", [float(f"{entry:.7f}") for entry in vector[:6]])
