import { bills } from './bills';
import { notifications } from './notifications';
import { operations } from './operations';
import { payAnswers } from './pay-answers';
import { requests } from './requests';
import { settings } from './settings';
import { orderFiles, spreadsheetCells } from './spreadsheets';
import type { Target } from './target';
import { v3Notifications } from './v3-notifications';

/** Everything that takes what strangers send, the cheap ones first. */
export const TARGETS: readonly Target[] = [
  notifications,
  v3Notifications,
  payAnswers,
  spreadsheetCells,
  settings,
  operations,
  bills,
  orderFiles,
  requests,
];
