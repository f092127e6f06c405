"""The addresses of demonstration programmes, gathered by the project's own router."""

from demos.api.candidates import Candidates, Programmes

routes = [
    ("programmes", Programmes, "programme"),
    ("candidates", Candidates, "candidate"),
]
