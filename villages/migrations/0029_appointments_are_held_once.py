"""Nobody holds one role at one place twice on a day; where somebody does, the terms that overlap become one.

The first of them stays, from its first day to the last day of them all. What a counter or a liaison covers is what those cover that last
longest, so that no right outlives the appointment it came with.
"""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.functions.comparison
from django.db import migrations, models

import villages.models.posts

PLACE = "user_id, role, township, village, unit"
JOINED = f"""
    WITH dated AS (
        SELECT id, user_id, role, COALESCE(township_id, 0) AS township, COALESCE(village_id, 0) AS village,
               COALESCE(unit_id, 0) AS unit, begins_on, COALESCE(ends_on, 'infinity'::date) AS last
          FROM villages_appointment
    ), followed AS (
        SELECT *, begins_on > max(last) OVER (PARTITION BY {PLACE} ORDER BY begins_on, id
                                              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS is_apart
          FROM dated
    ), numbered AS (
        SELECT *, count(*) FILTER (WHERE is_apart) OVER (PARTITION BY {PLACE} ORDER BY begins_on, id) AS term
          FROM followed
    ), terms AS (
        SELECT (array_agg(id ORDER BY begins_on, id))[1] AS kept, array_agg(id) AS held, max(last) AS last
          FROM numbered GROUP BY {PLACE}, term HAVING count(*) > 1
    ), covered AS (
        SELECT DISTINCT terms.kept, covers.village_id
          FROM terms
          JOIN dated ON dated.id = ANY (terms.held) AND dated.last = terms.last
          JOIN villages_appointment_villages covers ON covers.appointment_id = dated.id
    ), covering AS (
        INSERT INTO villages_appointment_villages (appointment_id, village_id)
        SELECT kept, village_id FROM covered ON CONFLICT DO NOTHING
    ), uncovered AS (
        DELETE FROM villages_appointment_villages covers USING terms
         WHERE covers.appointment_id = ANY (terms.held)
           AND (covers.appointment_id, covers.village_id) NOT IN (SELECT kept, village_id FROM covered)
    ), gone AS (
        DELETE FROM villages_appointment post USING terms WHERE post.id = ANY (terms.held) AND post.id <> terms.kept
    )
    UPDATE villages_appointment post SET ends_on = NULLIF(terms.last, 'infinity'::date)
      FROM terms WHERE post.id = terms.kept;
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
"""


def _or_none(place):
    return django.db.models.functions.comparison.Coalesce(
        place, models.Value(0), output_field=models.BigIntegerField()
    )


class Migration(migrations.Migration):
    dependencies = [
        ("villages", "0028_telephones_of_services_are_numbers"),
    ]

    operations = [
        migrations.RunSQL(JOINED, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("user", "="),
                    ("role", "="),
                    *((_or_none(place), "=") for place in ("township", "village", "unit")),
                    (
                        villages.models.posts.Term(
                            "begins_on",
                            "ends_on",
                            django.contrib.postgres.fields.ranges.RangeBoundary(
                                inclusive_lower=True, inclusive_upper=True
                            ),
                        ),
                        "&&",
                    ),
                ],
                name="villages_appointment_is_held_once",
                violation_error_message="已有同样的任职",
            ),
        ),
    ]
