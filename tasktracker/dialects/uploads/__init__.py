"""Uploads: `/uploads`, where our own disk takes signed forms and hands out files, as S3 would.

Source: agents.md A.8; ADR 0046.
"""
