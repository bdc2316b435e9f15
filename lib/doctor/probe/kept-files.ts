import type { CloudFiles } from '../../archive/cloudbase/archive';
import { isRemoved, safeDetail } from '../../archive/cloudbase/archive';
import { within, type Timers } from '../../runtime/timers';
import { isRecord } from '../../values/json';

/** What the question about files is asked with. */
export interface FilesAsked {
  readonly files: CloudFiles;
  readonly timers: Timers;
  /** The name of this run, and of its file. */
  readonly run: string;
}

/** The most time for one transfer, in ms: the probe has a minute for everything. */
const TRANSFER_MS = 5_000;

/** All bytes, twice: what is changed on the way shows. */
const CONTENT = Buffer.from(Array.from({ length: 512 }, (_, n) => n % 256));

/**
 * Whether a file comes back byte for byte, and is gone once it was removed. Never rejects: an error
 * is told by its code, since the SDK's text holds a signed address. 4 to 6 requests.
 */
export async function keptFiles({ files, timers, run }: FilesAsked): Promise<object> {
  const transfer = (does: () => unknown) => within(timers, TRANSFER_MS, async () => does());
  const stored = await transfer(() =>
    files.uploadFile({ cloudPath: `wxpay-probe/${run}.bin`, fileContent: CONTENT }),
  );
  if (stored.kind !== 'value') return { error: `upload: ${detailOf(stored)}` };
  const fileID = isRecord(stored.value) ? stored.value['fileID'] : undefined;
  if (typeof fileID !== 'string') return { error: 'upload: no file id' };
  const back = await transfer(() => files.downloadFile({ fileID }));
  const content = back.kind === 'value' && isRecord(back.value) ? back.value['fileContent'] : undefined;
  const removed = await transfer(() => files.deleteFile({ fileList: [fileID] }));
  const after = await transfer(() => files.downloadFile({ fileID }));
  return {
    isWhole: content instanceof Uint8Array && CONTENT.equals(content),
    ...(back.kind === 'value' ? {} : { download: detailOf(back) }),
    isRemoved: removed.kind === 'value' && isRemoved(removed.value),
    // False also where a cache still serves the removed file: the verdict counts that, too.
    isGone: after.kind === 'error',
  };
}

function detailOf(
  end: { readonly kind: 'timeout' } | { readonly kind: 'error'; readonly error: unknown },
): string {
  return end.kind === 'timeout' ? `none in ${TRANSFER_MS / 1_000} s` : safeDetail(end.error);
}
