"""Prints the numbers that CharacterTermsTests expects, from scikit-learn's TfidfVectorizer.

    python3 -m pip install scikit-learn==1.9.1 && python3 Tests/BoostedModelsTests/References/character_terms.py
"""

from sklearn.feature_extraction.text import TfidfVectorizer

TEXTS = [
    "Abc abc none",
    "abc xyz déjà",
    "ab ab ab",
    "the cat the hat",
    "語語 abc",
    "a b c",
    "None None",
    "bcd abcd",
]


def main() -> None:
    # The reproduced notebook made characters the words; this is the same where no two spaces stand together.
    vectorizer = TfidfVectorizer(
        analyzer="char", lowercase=False, ngram_range=(2, 3), min_df=0.25, max_df=0.6, sublinear_tf=True)
    weights = vectorizer.fit_transform(TEXTS).toarray()
    for index, name in enumerate(vectorizer.get_feature_names_out()):
        column = ", ".join(f"{row[index]:.9f}" for row in weights)
        print(f'("{name}", {vectorizer.idf_[index]:.9f}, [{column}]),')


if __name__ == "__main__":
    main()
