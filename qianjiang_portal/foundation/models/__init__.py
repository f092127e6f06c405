from qianjiang_portal.foundation.models.audit import AuditEvent
from qianjiang_portal.foundation.models.audit_seals import AuditSeal
from qianjiang_portal.foundation.models.changes import Change
from qianjiang_portal.foundation.models.files import File
from qianjiang_portal.foundation.models.jobs import Job
from qianjiang_portal.foundation.models.options import Counter, Option
from qianjiang_portal.foundation.models.upkeep import Upkeep

__all__ = ["AuditEvent", "AuditSeal", "Change", "Counter", "File", "Job", "Option", "Upkeep"]
