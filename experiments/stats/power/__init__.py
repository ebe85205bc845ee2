"""Planning: sample size, power, detectable effect, joint rule and weeks. Alpha is one-sided everywhere.

Importing this package needs numpy only; scipy is loaded by the functions that need it.
"""

from __future__ import annotations

from experiments.stats.power.curve import CurvePoint, power_curve
from experiments.stats.power.detectable import mde, smallest_margin
from experiments.stats.power.history import Baseline, baseline, correlations
from experiments.stats.power.joint import (
    JointPower,
    JointSize,
    joint_power,
    joint_sample_size,
    statistic_correlation,
)
from experiments.stats.power.planned_test import PlannedTest, planned
from experiments.stats.power.plans import MetricPlan, PowerPlan, plan
from experiments.stats.power.result import Arms, Change, MinimumEffect, SampleSize, SmallestMargin
from experiments.stats.power.sample_sizes import power, sample_size
from experiments.stats.power.schedule import PlannedLook, schedule
from experiments.stats.power.specs import Design, GoalSpec, GuardrailSpec, best_allocation
from experiments.stats.power.traffic import Duration, Traffic, duration

__all__ = [
    "Arms",
    "Baseline",
    "Change",
    "CurvePoint",
    "Design",
    "Duration",
    "GoalSpec",
    "GuardrailSpec",
    "JointPower",
    "JointSize",
    "MetricPlan",
    "MinimumEffect",
    "PlannedLook",
    "PlannedTest",
    "PowerPlan",
    "SampleSize",
    "SmallestMargin",
    "Traffic",
    "baseline",
    "best_allocation",
    "correlations",
    "duration",
    "joint_power",
    "joint_sample_size",
    "mde",
    "plan",
    "planned",
    "power",
    "power_curve",
    "sample_size",
    "schedule",
    "smallest_margin",
    "statistic_correlation",
]
