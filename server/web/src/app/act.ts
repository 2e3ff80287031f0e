import { useState } from 'preact/hooks';
import { Problem } from '../api/client';

export const inWords = (error: unknown) =>
  error instanceof Problem ? [error.title, error.detail].filter(Boolean).join('. ') : String(error);

// One write at a time, with what went wrong in words. `run` answers whether it went well.
export function useAct() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const run = async (write: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true);
    setProblem('');
    try {
      await write();
      return true;
    } catch (error) {
      setProblem(inWords(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, run };
}
