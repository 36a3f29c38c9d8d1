#!/bin/sh
# Compares two commits of the library in this folder: sh linbench.sh BASE HEAD SUITE. Ends as `linbench compare` does.
# `linbench init-ci --to shell` writes it.
set -u
code=0
linbench compare --library . --network --rev "$1" --rev "$2" --budget 60s --format json "$3" > linbench-comparison.json || code=$?
linbench review linbench-comparison.json --format junit > linbench-junit.xml
linbench review linbench-comparison.json | tee linbench-comment.md
exit "$code"
