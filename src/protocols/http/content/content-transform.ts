import { ContentCodingError } from './content-coding-error.ts';
