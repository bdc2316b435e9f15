/** A file in the archive: the bytes as WeChat Pay sent them, gzipped or not. */
export interface ArchivedFile {
  /** Where the archive finds it. */
  readonly location: string;
  readonly bytes: number;
  /** Hex SHA-256 of the bytes as received. */
  readonly sha256: string;
}
