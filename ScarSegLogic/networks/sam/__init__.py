"""Segment Anything (Kirillov 2023) and its kin: image encoders, prompt encoder, mask decoder and published weights.

Parameter names and shapes are those of the published checkpoints, so official files load as they are.
"""
