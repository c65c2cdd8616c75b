"""The harness of lies: what is untrue about a map, told in every format that can carry it.

``python tests/lies`` prints what each lie does; ``tests/test_lies.py`` runs them.
"""
