-- Which of some notifications were entered before.
-- ids: of the notifications.
-- Reads the ids.
SELECT DISTINCT NotificationId
FROM notifications
WHERE NotificationId IN {ids:Array(String)}
