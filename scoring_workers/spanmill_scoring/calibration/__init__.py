"""Measuring rules as instruments: do they see the obvious, resist tricks, repeat themselves and agree with people?"""
