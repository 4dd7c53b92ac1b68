"""`talking bench`: what each stage of a film costs on this machine, and what each network of a neural engine does."""

from talking.bench.film import Bench, Row, as_json, as_table, bench
from talking.bench.neural import NeuralBench, NeuralRow, neural_bench, neural_json, neural_table

__all__ = [
    "Bench",
    "NeuralBench",
    "NeuralRow",
    "Row",
    "as_json",
    "as_table",
    "bench",
    "neural_bench",
    "neural_json",
    "neural_table",
]
