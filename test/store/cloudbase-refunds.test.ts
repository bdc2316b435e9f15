import { describeOnCloudBase } from './cloudbase-promises';

describeOnCloudBase('refunds');
