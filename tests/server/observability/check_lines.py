#!/usr/bin/env python3
"""Usage: check_lines.py SCHEMA FILE: every line of FILE is JSON that the JSON schema allows."""
import json
import sys

import jsonschema

with open(sys.argv[1]) as file:
    validator = jsonschema.Draft202012Validator(json.load(file))
bad = 0
with open(sys.argv[2]) as file:
    for number, line in enumerate(file, 1):
        for error in validator.iter_errors(json.loads(line)):
            where = "/".join(str(part) for part in error.absolute_path)
            print(f"line {number}: {where}: {error.message}")
            bad += 1
sys.exit(1 if bad else 0)
