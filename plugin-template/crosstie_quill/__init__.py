"""A Crosstie connector for Quill; begin with `connector`, which says what goes where."""
