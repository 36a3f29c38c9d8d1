"""Scores of an answer against the exact one: one file per score, found by name."""

from harness.judgement.answer import MOST_DIGITS, Answer, common_digits
from harness.judgement.base import Rule, Score, Scored, Scores, score, scores

__all__ = ["MOST_DIGITS", "Answer", "Rule", "Score", "Scored", "Scores", "common_digits", "score", "scores"]
