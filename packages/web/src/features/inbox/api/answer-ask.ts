import { ApiCallError } from '@ai-sessions/client';
import type { ApprovalAnswer, OpenAsk } from '@ai-sessions/protocol';
import { useMutation } from '@tanstack/react-query';
import { type AskState, settledBy } from '../../../components/asks/ask-state.ts';
import { announce } from '../../../lib/announcer.ts';
import { api } from '../../../lib/api.ts';
import { describeProblem } from '../../../lib/problem.ts';
import { queryClient } from '../../../lib/query-client.ts';
import { queryKeys } from '../../../lib/query-keys.ts';

/** What was answered in this page, by the ask's id: for the line that stays. */
const answeredHere = new Map<string, string>();

export function answeredText(id: string): string | undefined {
  return answeredHere.get(id);
}

/** Answers one approval or question, and tells how far that has come. */
export function useAnswerAsk(ask: OpenAsk): { readonly state: AskState; readonly answer: (body: ApprovalAnswer) => void } {
  const mutation = useMutation({
    mutationFn: (body: ApprovalAnswer) => api.call('answerApproval', { params: { id: ask.id }, body }),
    onSuccess: (_, body) => {
      const said = saidOf(body);
      answeredHere.set(ask.id, said);
      announce(said);
    },
    onSettled: () => {
      void queryClient.invalidateQueries({ queryKey: queryKeys.openAsks });
      void queryClient.invalidateQueries({ queryKey: queryKeys.liveSessions });
    },
  });
  return { state: stateOf(mutation), answer: (body) => mutation.mutate(body) };
}

type Answering = Pick<ReturnType<typeof useMutation<unknown, Error, ApprovalAnswer>>, 'status' | 'error' | 'variables'>;

function stateOf({ status, error, variables }: Answering): AskState {
  if (status === 'pending') return { at: 'sent', note: 'Sending your answer…' };
  if (status === 'success' && variables !== undefined) return { at: 'settled', text: saidOf(variables) };
  if (error instanceof ApiCallError && error.code === 'already_resolved') {
    return { at: 'settled', text: error.resolved === undefined ? 'Answered elsewhere.' : settledBy(error.resolved.by) };
  }
  if (error !== null) {
    const { title, text } = describeProblem(error);
    return { at: 'open', refusal: `${title}. ${text}` };
  }
  return { at: 'open' };
}

function saidOf({ approved, approval_scope }: ApprovalAnswer): string {
  if (approved === undefined) return 'You answered.';
  if (!approved) return 'You denied this.';
  return approval_scope === 'session' ? 'You allowed this for the session.' : 'You allowed this.';
}
