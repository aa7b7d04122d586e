"""Exports of learning platforms."""
