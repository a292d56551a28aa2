"""Prints the worker keywords of a generated worker_config.py as a JSON object.

A keyword is a string key of a dict display, or a keyword argument of a call of
dict or Worker. Its value is a constant, a timedelta as {"seconds": 10.0}, another
call as {"call": NAME, KEYWORD: VALUE}, or the text of any other expression.
"""

import ast
import datetime
import json
import sys


def keywords(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values):
                if isinstance(key, ast.Constant):
                    yield key.value, constant(value)
        elif isinstance(node, ast.Call) and name(node.func) in ("dict", "Worker"):
            for keyword in node.keywords:
                if keyword.arg:
                    yield keyword.arg, constant(keyword.value)


def constant(node):
    if isinstance(node, ast.Call) and name(node.func) == "timedelta":
        parts = {k.arg: ast.literal_eval(k.value) for k in node.keywords}
        return {"seconds": datetime.timedelta(**parts).total_seconds()}
    if isinstance(node, ast.Call):
        return {"call": name(node.func)} | {k.arg: constant(k.value) for k in node.keywords}
    try:
        return ast.literal_eval(node)
    except ValueError:
        return ast.unparse(node)


def name(function):
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


with open(sys.argv[1], encoding="utf-8") as source:
    json.dump(dict(keywords(ast.parse(source.read(), sys.argv[1]))), sys.stdout)
