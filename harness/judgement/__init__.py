"""Scores of an answer against the exact answer: one file per score, found by name."""

from harness.judgement.answer import Answer, common_digits
from harness.judgement.base import Rule, Score, Scored, Scores, score, scores

__all__ = ["Answer", "Rule", "Score", "Scored", "Scores", "common_digits", "score", "scores"]
