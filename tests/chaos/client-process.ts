import { type Assignment, attend } from './person.ts';

// The program that chaos ends with SIGKILL in its viewers' name: attends each session it is told of, and says when it is over.
process.on('message', (assignment: Assignment) => {
  attend(assignment).then(
    () => process.send?.({ type: 'done', sessionId: assignment.sessionId }),
    (error: unknown) =>
      process.send?.({ type: 'failed', sessionId: assignment.sessionId, why: String(error instanceof Error ? error.stack : error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.({ type: 'up' });
