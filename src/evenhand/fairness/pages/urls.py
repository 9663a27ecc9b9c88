"""The audit's addresses."""

from __future__ import annotations

from django.urls import path

from evenhand.fairness.pages import coding, contrast, downloads, kept, policy, probes, public, report, shouting, tasks

app_name = "fairness"
urlpatterns = [
    path("", report.report, name="report"),
    path("audits/", report.audit_now, name="audits"),
    path("audits/running/", report.running, name="running"),
    path("shouting/", shouting.shouting, name="shouting"),
    path("kept/", kept.kept, name="kept"),
    path("coding/", coding.coding, name="coding"),
    path("coding/results/", coding.results, name="coding-results"),
    path("probes/", probes.probes, name="probes"),
    path("policy/", policy.policy, name="policy"),
    path("tasks/<uuid:uid>/", tasks.task, name="task"),
    path("tasks/<uuid:uid>/closing/", tasks.closing, name="closing"),
    path("cells.csv", downloads.cells_csv, name="cells-csv"),
    path("cells.json", downloads.audit_json, name="audit-json"),
    path("public/", public.public, name="public"),
    path("public.json", public.public_json, name="public-json"),
    path("badge.svg", public.badge, name="badge"),
    path("by/<slug:name>/", contrast.contrast, name="contrast"),
]
