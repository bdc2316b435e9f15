import { describeOnCloudBase } from './cloudbase-promises';

describeOnCloudBase('books');
