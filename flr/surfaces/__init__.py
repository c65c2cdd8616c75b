"""Surfaces of a planned liver: closed meshes, named solids, and the files that other programs open."""
