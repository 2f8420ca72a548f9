import type { Session } from '@ai-sessions/protocol';
import { type FormEvent, useState } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { Dialog, DialogActions, DialogBody } from '../../components/ui/dialog.tsx';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { Field, Input } from '../../components/ui/field.tsx';
import { formatMoney } from '../../lib/format.ts';
import { useUpdateSession } from './api/sessions.ts';

export function BudgetDialog({ session, onClose }: { readonly session: Session; readonly onClose: () => void }) {
  const [budget, setBudget] = useState(session.max_budget_usd === null ? '' : String(session.max_budget_usd));
  const update = useUpdateSession(session.id);
  const usd = Number(budget);
  const isUsable = budget.trim() !== '' && Number.isFinite(usd) && usd > 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    update.mutate({ max_budget_usd: usd }, { onSuccess: onClose });
  };
  return (
    <Dialog open onOpenChange={onClose} title="Change budget" description={`Spent so far: ${formatMoney(session.usage.total_cost_usd)}.`}>
      <form onSubmit={submit} className="contents">
        <DialogBody>
          <Field
            label="Budget in US dollars"
            hint="For the whole session, subagents included. When it is spent, the running turn ends and no further prompt starts."
          >
            {(control) => (
              <Input
                {...control}
                type="number"
                inputMode="decimal"
                min="0.01"
                step="any"
                value={budget}
                onChange={(event) => setBudget(event.target.value)}
              />
            )}
          </Field>
          {update.error !== null && <ErrorNotice error={update.error} />}
        </DialogBody>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={update.isPending} disabled={!isUsable}>
            Set budget
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
