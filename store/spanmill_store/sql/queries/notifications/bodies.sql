-- What some notifications say.
-- ids: of the notifications.
-- Looked up among a few thousand rows.
SELECT NotificationId, argMax(Body, Version) AS Body
FROM notifications
WHERE NotificationId IN {ids:Array(String)}
GROUP BY NotificationId
