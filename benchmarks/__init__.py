"""Benchmarks: this program beside what people use today, in the same run on the same machine. Never a test."""
